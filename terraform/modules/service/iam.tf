# Two roles: what Fargate may do to start a task, and what its processes may do, which is only to send metrics.

locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${local.region}:${local.account}:*" }
      }
    }]
  })

  # Each role can pull only its own image. An image outside ECR needs no rights.
  pull_statements = {
    for task, arns in { gateway = var.repository_arns, upstream = local.upstream_repository_arns } : task => [
      for statement in [
        {
          # This action does not support resources. It only identifies the caller.
          Sid      = "Login"
          Effect   = "Allow"
          Action   = ["ecr:GetAuthorizationToken"]
          Resource = ["*"]
        },
        {
          Sid      = "Pull"
          Effect   = "Allow"
          Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
          Resource = arns
        },
      ] : statement if length(arns) > 0
    ]
  }

  log_statement = {
    Sid      = "Logs"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/${var.name}/*"]
  }

  secret_statements = [
    {
      Sid      = "Key"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = [aws_secretsmanager_secret.api_key.arn]
    },
    {
      Sid       = "Decrypt"
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = [var.kms_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com" } }
    },
  ]
}

resource "aws_iam_role" "start" {
  name               = "${var.name}-start"
  description        = "What Fargate may do to start the gateway: pull, log, read the key"
  assume_role_policy = local.trust
}

# ecr:GetAuthorizationToken supports no resources, and AWS names the streams.
#trivy:ignore:AVD-AWS-0057 #trivy:ignore:AWS-0057
resource "aws_iam_role_policy" "start" {
  name = "start"
  role = aws_iam_role.start.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.pull_statements.gateway, [local.log_statement], local.secret_statements)
  })
}

resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  description        = "What the gateway's tasks may do themselves"
  assume_role_policy = local.trust
}
