use layercake::prelude::*;

network! {}

fn main() {}
