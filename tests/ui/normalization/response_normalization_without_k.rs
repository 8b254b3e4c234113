use layercake::prelude::*;

network! { struct Net < input(8, 4, 4) => local_response_normalization2d(k = 0) > }

fn main() {
    Net::<f32>::new(1);
}
