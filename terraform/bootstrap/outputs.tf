output "backend" {
  description = "For terraform/environments/backend.hcl: terraform output -raw backend."
  value       = <<-EOT
    bucket     = "${aws_s3_bucket.state.bucket}"
    region     = "${var.region}"
    kms_key_id = "${module.key.arn}"
  EOT
}

output "registry" {
  description = "Where Docker logs in."
  value       = split("/", values(module.registry.urls)[0])[0]
}

output "repositories" {
  description = "Where images go, by the name of the image."
  value       = module.registry.urls
}

output "region" {
  description = "The region that everything is in."
  value       = var.region
}
