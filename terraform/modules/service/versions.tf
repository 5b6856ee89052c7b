terraform {
  # Write-only arguments, which keep the API key out of the state, need 1.11; mocks of them need 1.11.4.
  required_version = ">= 1.11.4, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
    # Ephemeral passwords need 3.7. The AWS provider also has them, but mocked providers, which the tests use, reject
    # ephemeral resources (Terraform 1.11.4).
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
  }
}
