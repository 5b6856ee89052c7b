output "vpc_id" {
  description = "ID of the VPC."
  value       = aws_vpc.this.id

  # CloudFront requires that it is created first and deleted last.
  depends_on = [aws_internet_gateway.this]
}

output "public_subnet_ids" {
  description = "IDs of the public subnets, one for each zone."
  value       = aws_subnet.public[*].id

  # A public load balancer requires the route to the internet.
  depends_on = [aws_route.internet, aws_route_table_association.public]
}

output "private_subnet_ids" {
  description = "IDs of the private subnets, one for each zone."
  value       = aws_subnet.private[*].id

  # Tasks need a way out when they start.
  depends_on = [aws_route.nat, aws_route_table_association.private, aws_vpc_endpoint.interface, aws_vpc_endpoint.s3]
}

output "https_egress" {
  description = "Addresses and prefix lists of AWS services that tasks may reach by HTTPS."
  value = {
    # With NAT, these services have public addresses, which change.
    cidr            = var.egress == "endpoints" ? aws_vpc.this.cidr_block : "0.0.0.0/0"
    prefix_list_ids = { s3 = aws_vpc_endpoint.s3.prefix_list_id }
  }
}
