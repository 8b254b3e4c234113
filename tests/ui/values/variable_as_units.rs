use layercake::prelude::*;

fn main() {
    let units = 10;
    let net = network!(< input(20) => dense(units, softmax) >);
    println!("{} units, {} parameters", units, net.parameters().len());
}
