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
    error_message = "A key must change by itself."
  }

  assert {
    condition = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Principal] == [
      { AWS = "arn:aws:iam::123456789012:root" }
    ]
    error_message = "Unless services are named, nobody but the account may use the key."
  }
}

run "lets_services_use_it_for_this_account_alone" {
  command = plan

  variables {
    services = ["logs", "alarms"]
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      strcontains(jsonencode(statement.Condition), "123456789012") && statement.Action != "kms:*"
      if can(statement.Principal.Service)
    ]) && length(jsondecode(aws_kms_key.this.policy).Statement) == 3
    error_message = "A service must be held to this account."
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
    error_message = "The ARN is what others encrypt with."
  }
}
