//! Our own stylesheet, scripts and icon, from inside the binary.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

use super::{Kind, Problem};

struct Asset {
    name: &'static str,
    content_type: &'static str,
    body: &'static str,
}

const ASSETS: &[Asset] = &[
    css("admin.css", include_str!("../../assets/admin.css")),
    script("admin.js", include_str!("../../assets/admin.js")),
    script("bell.js", include_str!("../../assets/bell.js")),
    css("buying.css", include_str!("../../assets/buying.css")),
    css("catalog.css", include_str!("../../assets/catalog.css")),
    script("checkout.js", include_str!("../../assets/checkout.js")),
    css("docs.css", include_str!("../../assets/docs.css")),
    script("fleet.js", include_str!("../../assets/fleet.js")),
    icon("icon.svg", include_str!("../../assets/icon.svg")),
    script("live.js", include_str!("../../assets/live.js")),
    script("once.js", include_str!("../../assets/once.js")),
    css("people.css", include_str!("../../assets/people.css")),
    script("route.js", include_str!("../../assets/route.js")),
    css("selling.css", include_str!("../../assets/selling.css")),
    script("selling.js", include_str!("../../assets/selling.js")),
    css("site.css", include_str!("../../assets/site.css")),
    script("track.js", include_str!("../../assets/track.js")),
    script("trucks.js", include_str!("../../assets/trucks.js")),
    script("world.js", include_str!("../../assets/world.js")),
];

const fn css(name: &'static str, body: &'static str) -> Asset {
    Asset { name, content_type: "text/css; charset=utf-8", body }
}

const fn script(name: &'static str, body: &'static str) -> Asset {
    Asset { name, content_type: "text/javascript; charset=utf-8", body }
}

const fn icon(name: &'static str, body: &'static str) -> Asset {
    Asset { name, content_type: "image/svg+xml", body }
}

/// `/assets/{name}`.
pub fn assets<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    let asset = found.ok_or_else(|| Problem::new(Kind::NotFound, "There is no such file."))?;
    let tag = entity_tag(asset.body);
    // Always asked for again and seldom sent again: a new binary is seen at once.
    let caching = [(header::CACHE_CONTROL, "no-cache"), (header::ETAG, tag.as_str())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let content_type = [(header::CONTENT_TYPE, asset.content_type)];
    Ok((caching, content_type, asset.body).into_response())
}

fn entity_tag(body: &str) -> String {
    let digest = Sha256::digest(body);
    let short: u64 = digest.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    format!("\"{short:016x}\"")
}
