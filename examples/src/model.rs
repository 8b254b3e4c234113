//! Which network a program trains.

use std::str::FromStr;

use crate::custom_mlp::Specification;

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
