use layercake::prelude::*;

network! {
    struct Net <
        let x = input(3, 20);
        let y = input(3, 18);
        add(x, y, cropping = center)
    >
}

fn main() {
    Net::<f32>::new(1);
}
