//! Images seen through a grid.

use super::*;

golden! {
    transformer, "transformer": {
        let image = input(2, 5, 5);
        let theta = input(6);
        spatial_transformer(image, theta, downsample_factor = 1)
    }
}
