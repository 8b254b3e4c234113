//! Where a program computes, as its options say it.

use std::str::FromStr;

/// A device by name: `cpu`, `cuda`, or `cuda:NUMBER` for another than the first GPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The processor.
    #[default]
    Cpu,
    /// The NVIDIA GPU of this number.
    Cuda(usize),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let unknown = || format!("there is no device `{name}`; use cpu, cuda, or cuda:NUMBER");
        let place = match name.split_once(':') {
            None if name == "cpu" => return Ok(Place::Cpu),
            None if name == "cuda" => Place::Cuda(0),
            Some(("cuda", number)) => Place::Cuda(number.parse().map_err(|_| unknown())?),
            _ => return Err(unknown()),
        };
        if cfg!(feature = "cuda") {
            return Ok(place);
        }
        Err(String::from("this program was built without CUDA; build it with `--features cuda`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        assert_eq!("cpu".parse(), Ok(Place::Cpu));
        assert!("gpu".parse::<Place>().unwrap_err().contains("no device `gpu`"));
        assert!("cuda:x".parse::<Place>().unwrap_err().contains("no device `cuda:x`"));
        if cfg!(feature = "cuda") {
            assert_eq!(["cuda", "cuda:2"].map(|name| name.parse()), [Ok(Place::Cuda(0)), Ok(Place::Cuda(2))]);
        } else {
            assert!("cuda".parse::<Place>().unwrap_err().contains("--features cuda"));
        }
    }
}
