mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name              = "document-gateway-test"
  repository        = "owner/repository"
  environment       = "test"
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  repository_arns   = ["arn:aws:ecr:eu-west-1:123456789012:repository/document-gateway"]
  deployment = {
    cluster_arn         = "arn:aws:ecs:eu-west-1:123456789012:cluster/document-gateway-test"
    service             = "gateway"
    family              = "document-gateway-test"
    image_parameter_arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/document-gateway-test/image"
    role_arns           = ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"]
  }
}

run "trusts_one_environment_of_one_repository" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition == {
      StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = "repo:owner/repository:environment:test"
      }
    }
    error_message = "Only the environment of the repository may assume the role, and nothing may match a pattern."
  }
}

run "lasts_until_a_rollout_has_gone_back" {
  command = plan

  assert {
    condition     = aws_iam_role.this.max_session_duration == 7200
    error_message = "The maximum session must be that of deploy-aws.yml."
  }
}

run "may_do_to_everything_only_what_has_no_resource" {
  command = plan

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Action
      if contains(statement.Resource, "*")
      ])) == toset([
      "ecr:GetAuthorizationToken",
      "ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition",
    ])
    error_message = "Every other permission must name its resources."
  }

  assert {
    condition = !anytrue(flatten([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement :
      [for action in statement.Action : strcontains(action, "*")]
    ]))
    error_message = "No action may be a pattern."
  }

  assert {
    condition = contains(flatten([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Resource
    ]), "arn:aws:ecs:eu-west-1:123456789012:service/document-gateway-test/gateway")
    error_message = "The role must be able to update this service."
  }
}

run "deploys_what_is_there_unless_it_builds" {
  command = plan

  assert {
    condition     = !strcontains(aws_iam_role_policy.this.policy, "ecr:PutImage")
    error_message = "The role of production must not push images."
  }
}

run "pushes_where_it_builds" {
  command = plan

  variables {
    builds = true
  }

  assert {
    condition     = strcontains(aws_iam_role_policy.this.policy, "ecr:PutImage")
    error_message = "The role of staging must be able to push images."
  }
}

run "refuses_a_star_for_a_repository" {
  command = plan

  variables {
    repository = "owner/*"
  }

  expect_failures = [var.repository]
}

run "hands_out_the_role" {
  assert {
    condition     = startswith(output.role_arn, "arn:aws:iam::")
    error_message = "The output must be the ARN of the role."
  }
}
