# The role that a workflow takes on to deploy. There is no key to leak: GitHub says who asks, for one environment of one
# repository, and AWS gives credentials for two hours.

data "aws_partition" "current" {}

resource "aws_iam_role" "this" {
  name        = "${var.name}-delivery"
  description = "Deploys ${var.name} from ${var.repository}, environment ${var.environment}"
  # A build, half an hour of waiting for the service, and another when it goes back.
  max_session_duration = 7200

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = var.oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          # The environment's own rules say which branches may use it, and who has to agree.
          "token.actions.githubusercontent.com:sub" = "repo:${var.repository}:environment:${var.environment}"
        }
      }
    }]
  })
}

locals {
  login = {
    # It has no resource to name: it says who asks.
    Sid      = "Login"
    Effect   = "Allow"
    Action   = ["ecr:GetAuthorizationToken"]
    Resource = ["*"]
  }

  read = {
    Sid      = "ReadImages"
    Effect   = "Allow"
    Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]
    Resource = var.repository_arns
  }

  push = {
    Sid      = "PushImages"
    Effect   = "Allow"
    Action   = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
    Resource = var.repository_arns
  }

  deploy = [
    {
      # AWS knows no resource for these. A revision does nothing until a service is told to run it, and it can only have the
      # roles below.
      Sid      = "Revisions"
      Effect   = "Allow"
      Action   = ["ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"]
      Resource = ["*"]
    },
    {
      Sid       = "TagRevisions"
      Effect    = "Allow"
      Action    = ["ecs:TagResource"]
      Resource  = ["arn:${data.aws_partition.current.partition}:ecs:*:*:task-definition/${var.deployment.family}:*"]
      Condition = { StringEquals = { "ecs:CreateAction" = "RegisterTaskDefinition" } }
    },
    {
      Sid      = "Roll"
      Effect   = "Allow"
      Action   = ["ecs:DescribeServices", "ecs:UpdateService"]
      Resource = ["${replace(var.deployment.cluster_arn, ":cluster/", ":service/")}/${var.deployment.service}"]
    },
    {
      Sid       = "HandRolesToTasks"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = var.deployment.role_arns
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    },
    {
      Sid      = "SayWhichImageRuns"
      Effect   = "Allow"
      Action   = ["ssm:GetParameter", "ssm:PutParameter"]
      Resource = [var.deployment.image_parameter_arn]
    },
  ]
}

# Logging in to ECR and revisions of tasks have no resource to name, see above.
# The roles that may be handed on are named, and so is to whom.
#trivy:ignore:AVD-AWS-0057 #trivy:ignore:AWS-0057 #trivy:ignore:AVD-AWS-0342 #trivy:ignore:AWS-0342
resource "aws_iam_role_policy" "this" {
  # checkov:skip=CKV_AWS_290:Logging in to ECR and revisions of tasks have no resource to name, see above.
  # checkov:skip=CKV_AWS_355:As above.
  name = "deploy"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.login, local.read], var.builds ? [local.push] : [], local.deploy)
  })
}
