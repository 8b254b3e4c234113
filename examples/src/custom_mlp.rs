//! The specification of a `custom_mlp`. The build script reads it as well as the program: it stands alone.

/// `DEPTH,WIDTH,DROP_IN,DROP_HID`: hidden layers, units in each, and the probabilities of dropping an input and a
/// hidden value.
#[derive(Clone, Debug, PartialEq)]
pub struct Specification {
    /// Hidden layers; 0 leaves softmax regression.
    pub depth: usize,
    /// Units of each hidden layer.
    pub width: usize,
    /// Probability of dropping an input.
    pub drop_input: f64,
    /// Probability of dropping a hidden value.
    pub drop_hidden: f64,
}

impl Default for Specification {
    /// The tutorial's own network, as a custom one.
    fn default() -> Self {
        Specification { depth: 2, width: 800, drop_input: 0.2, drop_hidden: 0.5 }
    }
}

impl std::str::FromStr for Specification {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let &[depth, width, drop_input, drop_hidden] = &parts[..] else {
            return Err(format!(
                "`custom_mlp:{text}` has {} value(s), and needs four: custom_mlp:DEPTH,WIDTH,DROP_IN,DROP_HID, for \
                 example custom_mlp:2,800,0.2,0.5",
                parts.len()
            ));
        };
        Ok(Specification {
            depth: number("DEPTH", depth, 0)?,
            width: number("WIDTH", width, 1)?,
            drop_input: probability("DROP_IN", drop_input)?,
            drop_hidden: probability("DROP_HID", drop_hidden)?,
        })
    }
}

fn number(name: &str, text: &str, least: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (least..=100_000).contains(number));
    number.ok_or_else(|| format!("{name} is `{text}`, and must be a whole number from {least} to 100000"))
}

fn probability(name: &str, text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..1.0).contains(number));
    number.ok_or_else(|| format!("{name} is `{text}`, and must be a probability of at least 0 and below 1"))
}

impl std::fmt::Display for Specification {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Specification { depth, width, drop_input, drop_hidden } = self;
        write!(formatter, "{depth},{width},{drop_input},{drop_hidden}")
    }
}

/// The environment variable by which the program tells the build script which network to make.
pub const VARIABLE: &str = "LAYERCAKE_CUSTOM_MLP";
