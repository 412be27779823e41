output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "Private subnets, in the order of their zones."
  value       = [for zone in local.zones : aws_subnet.private[zone].id]
}

output "endpoint_security_group_id" {
  description = "Security group of the interface endpoints."
  value       = aws_security_group.endpoints.id
}

output "s3_prefix_list_id" {
  description = "Addresses of S3, which image layers come from."
  value       = aws_vpc_endpoint.s3.prefix_list_id
}

output "endpoints" {
  description = "Services that have an interface endpoint."
  value       = sort(local.services)
}

output "public_subnets" {
  description = "Public subnets: none, unless egress is nat."
  value       = aws_subnet.public[*].id
}

output "nat_gateways" {
  description = "NAT gateways: none, unless egress is nat."
  value       = aws_nat_gateway.this[*].id
}
