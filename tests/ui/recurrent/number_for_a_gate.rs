use layercake::prelude::*;

network! {
    struct Net <
        input(12, 3)
        => gru(10, resetgate = 1)
    >
}

fn main() {
    Net::<f32>::new(1);
}
