# What platform and app have in common; the rest is in platform/dev.tfvars and app/dev.tfvars.
environment = "dev"
region      = "eu-central-1"
