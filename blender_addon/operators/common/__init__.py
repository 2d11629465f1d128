"""What several operators share: options, targets, error reports and mixins."""
