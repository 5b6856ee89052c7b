output "role_arn" {
  description = "The role; a variable of the environment on GitHub, AWS_DEPLOY_ROLE_ARN."
  value       = aws_iam_role.this.arn

  # The role is useless without its policy.
  depends_on = [aws_iam_role_policy.this]
}
