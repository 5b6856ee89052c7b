terraform {
  # Write-only arguments, which keep the API key out of the state, are of 1.11; mocks of them are of 1.11.4.
  required_version = ">= 1.11.4, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
    # Ephemeral passwords are of 3.7. The provider of AWS has one as well, but mocked providers, which the tests use, refuse
    # ephemeral resources (Terraform 1.11.4).
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
  }
}
