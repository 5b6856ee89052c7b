mock_provider "aws" {
  source = "../mocks"
}

variables {
  region = "eu-west-1"
}

run "keeps_states_safe" {
  assert {
    condition = (
      aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" &&
      one([for rule in aws_s3_bucket_server_side_encryption_configuration.state.rule : one(rule.apply_server_side_encryption_by_default).sse_algorithm]) == "aws:kms" &&
      aws_s3_bucket_public_access_block.state.restrict_public_buckets && !aws_s3_bucket.state.force_destroy
    )
    error_message = "The bucket of the state must be private, encrypted, versioned and protected."
  }

  assert {
    condition     = aws_s3_bucket.state.bucket == "document-gateway-state-123456789012-eu-west-1"
    error_message = "Bucket names are global, so the name must have the account and the region."
  }

  assert {
    condition     = strcontains(output.backend, "bucket     = \"document-gateway-state-123456789012-eu-west-1\"")
    error_message = "The output must have the backend for the environments."
  }

  assert {
    condition     = toset(keys(output.repositories)) == toset(["document-gateway", "document-gateway-upstream"])
    error_message = "There must be a repository for the service and one for its stand-in upstream."
  }
}

run "refuses_a_name_that_production_could_not_have" {
  command = plan

  variables {
    name = "a-name-of-eighteen"
  }

  expect_failures = [var.name]
}
