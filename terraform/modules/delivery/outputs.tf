output "role_arn" {
  description = "The role; a variable of the environment on GitHub, AWS_DEPLOY_ROLE_ARN."
  value       = aws_iam_role.this.arn

  # Whoever takes it on can do something with it.
  depends_on = [aws_iam_role_policy.this]
}
