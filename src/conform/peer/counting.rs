//! Numbers and batches: what is tried alike on a store and on a carrier.
//!
//! The messages are about shipments that do not exist.

use serde_json::{Value, json};

use super::{Reply, say, shapes::Party};
use crate::{
    conform::check::{Failure, Verdict, same, that},
    wire::dialect::ENVELOPES_MAX,
};

pub(in crate::conform) async fn acked_refusal<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    let reply = stage.post(path, &say::numbered(message, &say::new_sender(), 7)).await?;
    reply.expect_refusal("a numbered message about an unknown shipment")?;
    reply.expect_ack("its answer", 7)
}

pub(in crate::conform) async fn acked_again<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    let message = say::numbered(message, &say::new_sender(), 3);
    for _ in 0..3 {
        stage.post(path, &message).await?.expect_ack("each answer to the same message", 3)?;
    }
    Ok(())
}

pub(in crate::conform) async fn text_number<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    let mut message = say::numbered(message, &say::new_sender(), 3);
    message["sequence_number"] = json!("3");
    stage.post(path, &message).await?.expect_ack("the answer to number \"3\"", 3)
}

pub(in crate::conform) async fn unnumbered<S: Party>(stage: S) -> Verdict {
    let (path, message) = stage.stray();
    let reply = stage.post(path, &message).await?;
    same("acks of a message without a number", &Vec::new(), &reply.acks())
}

/// Posts a batch and gives the answers.
pub(in crate::conform) async fn batch<S: Party>(
    stage: &S,
    messages: &[Value],
) -> Verdict<Vec<Reply>> {
    let reply = stage.post(S::BATCHES, &json!(messages)).await?;
    let answers = reply.body.as_array().filter(|all| all.len() == messages.len());
    let Some(answers) = answers.filter(|_| reply.status == 200) else {
        let expected = format!("HTTP 200 and an array of {} answers", messages.len());
        return Err(Failure::new(expected, reply.shown()));
    };
    Ok(answers.iter().map(|answer| Reply::new(200, answer.to_string().as_bytes())).collect())
}

pub(in crate::conform) async fn batch_in_order<S: Party>(stage: S) -> Verdict {
    let sender = say::new_sender();
    let stray = |seq| say::numbered(stage.stray().1, &sender, seq);
    let broken = say::without(&stray(2), "shipment_id");
    let answers = batch(&stage, &[stray(9), broken, json!("nonsense"), stray(4)]).await?;
    let found: Vec<_> = answers.iter().map(|it| (it.code(), it.acks())).collect();
    let expected = vec![
        (Some(2000), vec![9]),
        (Some(1001), vec![]),
        (Some(1000), vec![]),
        (Some(2000), vec![4]),
    ];
    same("code and acks of each answer", &expected, &found)
}

pub(in crate::conform) async fn batch_of_none<S: Party>(stage: S) -> Verdict {
    batch(&stage, &[]).await.map(drop)
}

pub(in crate::conform) async fn batch_is_array<S: Party>(stage: S) -> Verdict {
    let (_, message) = stage.stray();
    let reply = stage.post(S::BATCHES, &message).await?;
    reply.expect_refusal("a single message where a batch is due")?;
    let reply = stage.post_text(S::BATCHES, "[{}".to_owned()).await?;
    reply.expect_refusal("half a batch")
}

pub(in crate::conform) async fn batch_too_long<S: Party>(stage: S) -> Verdict {
    let messages = vec![json!({}); ENVELOPES_MAX + 1];
    let reply = stage.post(S::BATCHES, &json!(messages)).await?;
    reply.expect_refusal("a batch of 4,097 messages")?;
    that(reply.status < 500, || Failure::new("no failure", reply.shown()))
}
