use layercake::prelude::*;

network! {
    struct Net < input(20) => dense(7, relu) => expression(|x| x * x, |x| 2.0 * x) => dense(10, softmax) >
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    Net::<f32>::new(1).to(&Cuda::new(0)?);
    Ok(())
}
