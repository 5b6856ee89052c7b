# Once for an account, before anything else: where the environments keep their state, the registry that they share, and
# GitHub as an identity provider. Its own state is a file until backend.tf.example has become backend.tf: docs/aws.md.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

module "key" {
  source = "../modules/key"

  name        = var.name
  description = "State and images of ${var.name}"
}

module "registry" {
  source = "../modules/registry"

  # The service, and the stand-in for its upstream.
  repositories = [var.name, "${var.name}-upstream"]
  kms_key_arn  = module.key.arn
  force_delete = !var.protected
}

# GitHub's certificate is one that AWS trusts anyway, so that there is no thumbprint to keep up to date.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}
