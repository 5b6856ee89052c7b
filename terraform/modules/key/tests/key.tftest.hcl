mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name        = "document-gateway-test"
  description = "For the tests"
}

run "belongs_to_the_account" {
  command = plan

  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key must rotate automatically."
  }

  assert {
    condition = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Principal] == [
      { AWS = "arn:aws:iam::123456789012:root" }
    ]
    error_message = "Without services, only the account may use the key."
  }
}

run "lets_services_use_it_and_not_rule_it" {
  command = plan

  variables {
    services = ["logs", "alarms"]
  }

  assert {
    condition = length([
      for statement in jsondecode(aws_kms_key.this.policy).Statement : statement
      if can(statement.Principal.Service) && !strcontains(jsonencode(statement.Action), "kms:*")
    ]) == 2
    error_message = "A service may only encrypt and decrypt."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      strcontains(jsonencode(statement.Condition), ":logs:eu-west-1:123456789012:log-group:")
      if try(statement.Principal.Service, "") == "logs.eu-west-1.amazonaws.com"
    ])
    error_message = "Only the logs of this account may use the key."
  }
}

run "refuses_services_that_it_does_not_know" {
  command = plan

  variables {
    services = ["s3"]
  }

  expect_failures = [var.services]
}

run "hands_out_its_arn" {
  assert {
    condition     = startswith(output.arn, "arn:aws:kms:")
    error_message = "The output must be the ARN of the key."
  }
}
