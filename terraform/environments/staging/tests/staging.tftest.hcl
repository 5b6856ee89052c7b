mock_provider "aws" {
  source = "../../mocks"
}

variables {
  region      = "eu-west-1"
  repository  = "owner/repository"
  initial_tag = "sha-1"
}

run "stands" {
  assert {
    condition     = output.url == "https://d0123456789abc.cloudfront.net" && startswith(output.curl, "curl ")
    error_message = "The outputs must have an address and a command."
  }

  assert {
    condition     = output.github.AWS_SERVICE == "gateway" && output.github.AWS_CLUSTER == "document-gateway-staging"
    error_message = "The output must have the names for the workflow."
  }
}

run "stands_under_its_own_name" {
  variables {
    domain = { name = "documents.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
  }

  assert {
    condition     = output.url == "https://documents.example.com"
    error_message = "The address must have the domain name."
  }
}
