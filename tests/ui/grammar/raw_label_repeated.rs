use layercake::prelude::*;

network! { struct Net < input(4) => repeat(2) { r#type: dense(3) } => type1: dense(3) > }

fn main() {
    Net::<f32>::new(1);
}
