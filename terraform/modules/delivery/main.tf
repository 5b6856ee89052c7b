# The role that a workflow assumes to deploy. There is no long-lived key: GitHub proves the identity of one
# environment of one repository, and AWS gives credentials for two hours.

data "aws_partition" "current" {}

resource "aws_iam_role" "this" {
  name        = "${var.name}-delivery"
  description = "Deploys ${var.name} from ${var.repository}, environment ${var.environment}"
  # A build, half an hour for the deployment, and as long for a rollback.
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
          # The rules of the environment decide which branches may use it and who must approve.
          "token.actions.githubusercontent.com:sub" = "repo:${var.repository}:environment:${var.environment}"
        }
      }
    }]
  })
}

locals {
  login = {
    # This action does not support resources. It only identifies the caller.
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
      # These actions do not support resources. A revision has no effect until a service uses it, and it can only have
      # the roles below.
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

# ECR login and task revisions do not support resources, see above.
# The roles that may be passed are listed, with the services that may get them.
#trivy:ignore:AVD-AWS-0057 #trivy:ignore:AWS-0057 #trivy:ignore:AVD-AWS-0342 #trivy:ignore:AWS-0342
resource "aws_iam_role_policy" "this" {
  # checkov:skip=CKV_AWS_290:ECR login and task revisions do not support resources, see above.
  # checkov:skip=CKV_AWS_355:As above.
  name = "deploy"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.login, local.read], var.builds ? [local.push] : [], local.deploy)
  })
}
