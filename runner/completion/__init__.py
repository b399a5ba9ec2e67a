"""What a word on the command line may become; answered without Hydra, while somebody types."""
