use layercake::prelude::*;

network! { struct Net < input(8) => dense(4, w = sparse(1.5)) > }

fn main() {
    Net::<f32>::new(1);
}
