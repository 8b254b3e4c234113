use layercake::prelude::*;

network! {
    struct Net <
        let x = input(7, 3);
        let start = input(4);
        let a = x => first: lstm(4, hid_init = start);
        let b = x => lstm(4, share = first, hid_init = start, ingate = gate(b = constant(1), nonlinearity = tanh));
        let c = x => gru(4, only_return_final = true);
        let d = x => gru(4, share = gru1, hid_init = constant(1), only_return_final = true);
        (a, b, c, d)
    >
}

fn main() {
    Net::<f32>::new(1);
}
