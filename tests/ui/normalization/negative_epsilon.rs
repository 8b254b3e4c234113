use layercake::prelude::*;

network! { struct Net < input(8) => batch_norm(epsilon = -1e-4) > }

fn main() {
    Net::<f32>::new(1);
}
