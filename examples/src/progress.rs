//! Progress bars, all in one style. They are drawn on standard error, and only if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over a number of things.
#[must_use]
pub fn counting(count: u64, message: &'static str) -> ProgressBar {
    bar(count, message, "{msg} {wide_bar} {human_pos} of {human_len}")
}

/// A bar over a number of bytes, which may turn out otherwise.
#[must_use]
pub fn bytes(count: u64, message: &'static str) -> ProgressBar {
    bar(count, message, "{msg} {wide_bar} {binary_bytes} of {binary_total_bytes}")
}

fn bar(count: u64, message: &'static str, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the templates above are well-formed");
    ProgressBar::new(count).with_style(style).with_message(message)
}
