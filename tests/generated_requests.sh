#!/usr/bin/env bash
# Requests made from the store's own description of its API: none may end in a 5xx or in
# an answer that the description does not promise.
#   tests/generated_requests.sh STORE_URL SCHEMATHESIS DIRECTORY ADMIN_EMAIL PASSWORD
# Streams are left out: they do not end by themselves. So is what would revoke the token.
# Once by an account that buys and sells, to which the admins' operations are refused, and
# then those by an admin.
set -euo pipefail
store=$1 schemathesis=$2 directory=$3 admin=$4 password=$5

ask() { curl -fsS -H 'content-type: application/json' "$@"; }
token_of() { ask "$store/api/v1/tokens" -d "{$1}" | sed 's/.*"token":"\([^"]*\)".*/\1/'; }

# LOG TOKEN [OPTION...]
try() {
    local log=$directory/$1.log token=$2
    (cd "$directory" && "$schemathesis" run "$store/openapi.json" --header "Authorization: Bearer $token" \
        --phases examples,coverage,fuzzing --max-examples 20 --seed 1 --generation-deterministic \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
        --exclude-path-regex '(events|/tokens/\{id\})$' --no-color "${@:3}" >"$log" 2>&1) ||
        { tail -150 "$log"; exit 1; }
    grep -E '^  [0-9]+ generated' "$log"
}

who='"email":"generated@example.org","password":"sieve lantern orbit 41"'
ask "$store/api/v1/accounts" -d "{$who,\"first_name\":\"Generated\",\"last_name\":\"Requests\"}" >/dev/null
token=$(token_of "$who")
ask -H "Authorization: Bearer $token" "$store/api/v1/selling" -d '{"name":"Generated"}' >/dev/null
try generated-requests "$token"

token=$(token_of "\"email\":\"$admin\",\"password\":\"$password\"")
try admins-requests "$token" --include-path-regex '^/api/v1/admin'
