//! What has to be thrown away now and then: sessions and tokens that ended, what shipments say of
//! those who went.
//!
//! Nothing waits for it: what ended counts as ended from its moment on.

use std::time::Duration;

use super::{Person, leaving::forget_finished};
use crate::{
    db::{Db, DbError},
    web::people::sessions::throw_ended_away,
};

const EVERY: Duration = Duration::from_secs(600);

/// Does it for ever; to be aborted.
pub async fn keep_house(db: Db) {
    loop {
        match once(&db).await {
            Ok(()) => {}
            // The carrier has ended.
            Err(_) if db.is_closed() => return,
            Err(error) => tracing::warn!(%error, "what ended is kept until the next round"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn once(db: &Db) -> Result<(), DbError> {
    throw_ended_away::<Person>(db).await?;
    forget_finished(db).await
}
