"""Hardware: device, precision, the weight update and the time it takes."""
