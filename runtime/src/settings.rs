//! Settings that are given at run time: those of rules, objectives and penalties.

/// A setting with which no training can succeed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("`{setting}` is {found}, and must be {expected}")]
pub struct SettingError {
    /// The name of the setting.
    pub setting: &'static str,
    /// Its value.
    pub found: f64,
    /// What it may be.
    pub expected: &'static str,
}

/// A learning rate, a margin, or how much something counts.
pub(crate) fn at_least_0(setting: &'static str, found: f64) -> Result<(), SettingError> {
    check(setting, found, found >= 0.0 && found.is_finite(), "a finite number of at least 0")
}

/// What divides, or keeps from dividing 0 by 0.
pub(crate) fn above_0(setting: &'static str, found: f64) -> Result<(), SettingError> {
    check(setting, found, found > 0.0 && found.is_finite(), "a finite number above 0")
}

/// What of something stays in one step.
pub(crate) fn share(setting: &'static str, found: f64) -> Result<(), SettingError> {
    check(setting, found, (0.0..=1.0).contains(&found), "from 0 to 1")
}

/// The same for an average that is divided by what of it is not from before the first step: with 1 that is nothing.
pub(crate) fn share_below_1(setting: &'static str, found: f64) -> Result<(), SettingError> {
    check(setting, found, (0.0..1.0).contains(&found), "at least 0 and below 1")
}

fn check(
    setting: &'static str,
    found: f64,
    is_right: bool,
    expected: &'static str,
) -> Result<(), SettingError> {
    if is_right { Ok(()) } else { Err(SettingError { setting, found, expected }) }
}
