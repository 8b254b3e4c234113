use layercake::prelude::*;

network! { struct Net < input(8) => batch_norm(alpha = 5) > }

fn main() {
    Net::<f32>::new(1);
}
