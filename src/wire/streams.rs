//! Any bytes as what comes through a socket: cut anywhere, and read by every decoder.
//!
//! For tests and the fuzzer. Which messages make sense is not known here, only what
//! must be true of any stream: how it is cut changes nothing, and what a decoder took
//! is what its encoder gives.

use std::fmt::Debug;

use bytes::{Bytes, BytesMut};
use prost::Message;
use tokio_util::codec::Decoder as _;

use super::{
    WireError, amazon,
    framing::{Delimited, put_body},
    ups,
};

/// Small, so that it is passed.
const MESSAGE_BYTES_MAX: usize = 1_000;
/// Bytes at the beginning that say how the rest is cut.
const CUTS: usize = 4;

/// What a stream was made of.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Streamed {
    pub frames: Vec<Bytes>,
    /// Why nothing was read any more.
    pub error: Option<String>,
    /// Bytes of a frame that is not whole.
    pub left: usize,
}

/// Reads a stream and panics where it is not what it must be.
pub fn read(bytes: &[u8]) -> Streamed {
    let (cuts, stream) = bytes.split_at(CUTS.min(bytes.len()));
    let whole = frames(std::iter::once(stream));
    assert_eq!(frames(chopped(stream, cuts)), whole, "how it is cut changes nothing");
    assert_eq!(frames(stream.chunks(1)), whole, "nor does a byte at a time");
    for frame in &whole.frames {
        assert!(frame.len() <= MESSAGE_BYTES_MAX, "{} bytes", frame.len());
        let mut again = BytesMut::new();
        put_body(frame.clone(), &mut again);
        assert_eq!(frames(std::iter::once(&*again)).frames, std::slice::from_ref(frame));
        decode_all(frame);
    }
    whole
}

/// Pieces of the sizes that the cuts say, again and again.
fn chopped<'a>(stream: &'a [u8], cuts: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = stream;
    let mut sizes = cuts.iter().cycle();
    std::iter::from_fn(move || {
        let size = sizes.next().map_or(rest.len(), |size| usize::from(*size) + 1);
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

fn frames<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Streamed {
    let mut codec = Delimited::new(MESSAGE_BYTES_MAX);
    let (mut received, mut streamed) = (BytesMut::new(), Streamed::default());
    for piece in pieces {
        received.extend_from_slice(piece);
        loop {
            match codec.decode(&mut received) {
                Ok(Some(frame)) => streamed.frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    streamed.error = Some(error.to_string());
                    return streamed;
                }
            }
        }
    }
    streamed.left = received.len();
    assert!(streamed.left <= MESSAGE_BYTES_MAX + 5, "{} bytes are kept", streamed.left);
    streamed
}

fn decode_all(frame: &[u8]) {
    same_again(frame, amazon::decode_connect, amazon::encode_connect);
    same_again(frame, amazon::decode_connected, amazon::encode_connected);
    same_again(frame, amazon::decode_commands, amazon::encode_commands);
    same_again(frame, amazon::decode_responses, amazon::encode_responses);
    same_again(frame, ups::decode_connect, ups::encode_connect);
    same_again(frame, ups::decode_connected, ups::encode_connected);
    same_again(frame, ups::decode_commands, ups::encode_commands);
    same_again(frame, ups::decode_responses, ups::encode_responses);
}

fn same_again<T: PartialEq + Debug, M: Message>(
    frame: &[u8],
    decode: fn(&[u8]) -> Result<T, WireError>,
    encode: fn(&T) -> M,
) {
    if let Ok(value) = decode(frame) {
        assert_eq!(decode(&encode(&value).encode_to_vec()), Ok(value));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        basis::{PackageId, Seq, WarehouseId},
        wire::{Commands, Numbered, framing::delimited},
    };

    fn message() -> Bytes {
        let things =
            vec![amazon::Thing { product: 1.into(), description: "tea".into(), count: -1 }];
        let pack =
            amazon::Command::Pack { warehouse: WarehouseId(1), things, package: PackageId(7) };
        let commands = vec![Numbered::new(Seq(1), pack)];
        let commands =
            Commands { commands, acks: vec![Seq(-1)], simspeed: Some(7), disconnect: true };
        delimited(&amazon::encode_commands(&commands))
    }

    proptest! {
        #[test]
        fn any_stream_is_read_alike(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            read(&bytes);
        }

        #[test]
        fn messages_of_which_bytes_are_wrong_are_read_alike(
            cuts in any::<[u8; CUTS]>(),
            spoilt in prop::collection::vec((0..3 * message().len(), any::<u8>()), 0..4),
        ) {
            let mut bytes = [cuts.to_vec(), message().repeat(3)].concat();
            spoilt.into_iter().for_each(|(at, byte)| bytes[CUTS + at] = byte);
            read(&bytes);
        }
    }

    #[test]
    fn a_stream_is_read_to_its_end_or_to_what_is_no_frame() {
        let good = [&[0; CUTS], message().as_ref(), &[0], message().as_ref(), &[9, 1]].concat();
        let streamed = read(&good);
        assert_eq!((streamed.frames.len(), streamed.error, streamed.left), (3, None, 2));
        let endless = [&[1; CUTS], message().as_ref(), &[0xff; 9]].concat();
        let streamed = read(&endless);
        assert!(streamed.frames.len() == 1 && streamed.error.is_some(), "{streamed:?}");
    }
}
