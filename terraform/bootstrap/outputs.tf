output "backend" {
  description = "For terraform/environments/backend.hcl: terraform output -raw backend."
  value       = <<-EOT
    bucket     = "${aws_s3_bucket.state.bucket}"
    region     = "${var.region}"
    kms_key_id = "${module.key.arn}"
  EOT
}

output "registry" {
  description = "The address for docker login."
  value       = split("/", values(module.registry.urls)[0])[0]
}

output "repositories" {
  description = "Address of each repository, by the name of its image."
  value       = module.registry.urls
}

output "region" {
  description = "The region of all resources."
  value       = var.region
}
