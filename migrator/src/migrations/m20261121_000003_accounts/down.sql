DROP TABLE agents;
DROP TABLE companies;
DROP TABLE users;
DROP TYPE user_role;
