//! Tables in Markdown.

use std::fmt;

/// A table in Markdown.
#[derive(Clone, Debug, Default)]
pub struct Table(Vec<Vec<String>>);

impl Table {
    /// A table with these headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        let rule = vec![String::from("---"); headings.len()];
        Table(vec![headings.iter().map(|&heading| heading.to_owned()).collect(), rule])
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.0 {
            writeln!(formatter, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}
