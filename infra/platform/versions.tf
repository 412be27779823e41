terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.66"
    }
  }

  # terraform init -backend-config=../envs/dev.s3.tfbackend -backend-config=key=platform.tfstate
  backend "s3" {}
}

provider "aws" {
  region = var.region

  default_tags {
    tags = merge({ Project = var.name, Environment = var.environment, ManagedBy = "terraform", Stack = "platform" }, var.tags)
  }
}
