//! The networks of Lasagne's MNIST tutorial.

use std::str::FromStr;

use layercake::prelude::*;
use layercake::{Device, Head};
use ndarray::{ArrayView4, Ix2};

use crate::custom_mlp::Specification;

network! {
    /// Two hidden layers of 800 units.
    pub struct Mlp <
        input(1, 28, 28)
        => dropout(0.2)
        => repeat(2) { dense(800, relu) => dropout(0.5) }
        => dense(10, softmax)
    >
}

network! {
    /// Two stages of convolution and pooling, and a hidden layer.
    pub struct Cnn <
        input(1, 28, 28)
        => repeat(2) { conv2d(32, 5, relu) => max_pool2d(2) }
        => dropout(0.5)
        => dense(256, relu)
        => dropout(0.5)
        => dense(10, softmax)
    >
}

// The network that the build script writes for `custom_mlp:...`, and its specification.
include!(concat!(env!("OUT_DIR"), "/custom_mlp.rs"));

/// A network from images (batch, 1, 28, 28) to probabilities (batch, 10), on device `D`.
pub trait Classifier<D: Device = Cpu>:
    for<'a> Network<Real = f32, Device = D, Inputs<'a> = ArrayView4<'a, f32>, Heads = Head<f32, D, Ix2>>
{
}

impl<D: Device, N> Classifier<D> for N where
    N: for<'a> Network<Real = f32, Device = D, Inputs<'a> = ArrayView4<'a, f32>, Heads = Head<f32, D, Ix2>>
{
}

/// A network of the MNIST program.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// `mlp`
    Mlp,
    /// `cnn`
    Cnn,
    /// `custom_mlp:DEPTH,WIDTH,DROP_IN,DROP_HID`
    Custom(Specification),
}

impl FromStr for Model {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "mlp" => Ok(Model::Mlp),
            None if text == "cnn" => Ok(Model::Cnn),
            None if text == "custom_mlp" => Specification::from_str("").map(Model::Custom),
            Some(("custom_mlp", specification)) => specification.parse().map(Model::Custom),
            _ => Err(String::from("the models are mlp, cnn and custom_mlp:DEPTH,WIDTH,DROP_IN,DROP_HID")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Model>().unwrap_err()
    }

    #[test]
    fn models_are_read() {
        assert_eq!("cnn".parse(), Ok(Model::Cnn));
        let expected = Specification { depth: 3, width: 400, drop_input: 0.1, drop_hidden: 0.0 };
        assert_eq!("custom_mlp:3,400,.1,0".parse(), Ok(Model::Custom(expected.clone())));
        assert_eq!(expected.to_string().parse(), Ok(expected));
    }

    #[test]
    fn bad_specifications_say_what_is_wrong() {
        assert!(error("lenet").contains("the models are mlp, cnn"));
        assert!(error("custom_mlp").contains("needs four"));
        assert!(error("custom_mlp:1,2,3").contains("has 3 value(s), and needs four"));
        assert!(error("custom_mlp:-1,800,0,0").starts_with("DEPTH is `-1`"));
        assert!(error("custom_mlp:1,0,0,0").starts_with("WIDTH is `0`"));
        assert!(error("custom_mlp:1,10,1.0,0").starts_with("DROP_IN is `1.0`"));
        assert!(error("custom_mlp:1,10,0,NaN").starts_with("DROP_HID is `NaN`"));
    }
}
