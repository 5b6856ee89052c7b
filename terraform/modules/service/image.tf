# Which image runs is said in one place, a parameter. A deployment writes it once the image has proved itself, see
# .github/workflows/deploy-aws.yml; Terraform reads it, and so neither takes back what the other did. docs/decisions/0010 has why.
resource "aws_ssm_parameter" "image" {
  # checkov:skip=CKV2_AWS_34:The name of an image is no secret.
  # checkov:skip=CKV_AWS_337:As above.
  name        = "/${var.name}/image"
  description = "The image of ${var.name} that runs, written by deployments"
  type        = "String"
  # Not `value`, which plans would hide.
  insecure_value = var.initial_image

  lifecycle {
    ignore_changes = [insecure_value]
  }
}
