#!/usr/bin/env bash
# Requests made from the store's own description of its API: none may end in a 5xx or in
# an answer that the description does not promise.
#   tests/generated_requests.sh STORE_URL SCHEMATHESIS [DIRECTORY]
# Streams are left out: they do not end by themselves. So is what would revoke the token.
# The account buys and sells; it is no admin, so the admins' operations can only be refused.
set -euo pipefail
store=$1 schemathesis=$2 directory=${3:-$(mktemp -d)}

ask() { curl -fsS -H 'content-type: application/json' "$@"; }
who='"email":"generated@example.org","password":"sieve lantern orbit 41"'
ask "$store/api/v1/accounts" -d "{$who,\"first_name\":\"Generated\",\"last_name\":\"Requests\"}" >/dev/null
token=$(ask "$store/api/v1/tokens" -d "{$who}" | sed 's/.*"token":"\([^"]*\)".*/\1/')
ask -H "Authorization: Bearer $token" "$store/api/v1/selling" -d '{"name":"Generated"}' >/dev/null

cd "$directory" && "$schemathesis" run "$store/openapi.json" --header "Authorization: Bearer $token" \
    --phases examples,coverage,fuzzing --max-examples 20 --seed 1 --generation-deterministic \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
    --exclude-path-regex '/(events|tokens/\{id\})$' --no-color >"$directory/generated-requests.log" 2>&1 ||
    { tail -150 "$directory/generated-requests.log"; exit 1; }
grep -E '^  [0-9]+ generated' "$directory/generated-requests.log"
