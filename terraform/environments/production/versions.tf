terraform {
  required_version = ">= 1.11.4, < 2.0"

  # Where: terraform init -backend-config=../backend.hcl
  backend "s3" {
    key          = "production.tfstate"
    encrypt      = true
    use_lockfile = true
  }

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
    tags = { application = var.name, environment = "production", managed-by = "terraform" }
  }
}
