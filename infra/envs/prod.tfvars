# What platform and app have in common; the rest is in platform/prod.tfvars and app/prod.tfvars.
environment = "prod"
region      = "eu-central-1"
