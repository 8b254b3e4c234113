//! The case of words: types start with a capital, constants are in capitals, kinds and names are in lowercase.

/// Whether a word starts as a type's name or a constant's does.
pub fn starts_uppercase(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// Whether a word has no capital.
pub fn is_lowercase(word: &str) -> bool {
    !word.contains(char::is_uppercase)
}

/// `GatedLinear` -> `gated_linear`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (i, character) in name.chars().enumerate() {
        if character.is_uppercase() && i > 0 {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}
