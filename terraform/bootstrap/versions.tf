terraform {
  required_version = ">= 1.11.4, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { application = var.name, environment = "shared", managed-by = "terraform" }
  }
}
